"""What becomes of the claims of the source documents: the claims, the worlds that test them, what is looked at, the page."""
