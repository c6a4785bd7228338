"""Published facts as a scorecard: the facts, the worlds that measure them, what is looked at, the page."""
