"""The report as one page that needs no network: its Markdown as HTML, its pictures inside."""

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0;font-size:13px;display:block;overflow-x:auto}
td,th{border-bottom:1px solid #ddd;padding:.3em .7em;white-space:nowrap}
h2{margin-top:2em}figure{margin:1em 0}svg{max-width:100%;height:auto}
h1+p{font-size:18px}</style></head><body>
<h1>{{ title }}</h1>
{{ body }}
</body></html>
"""
IMAGE = re.compile(r'<p><img src="(figures/([^"]+)\.svg)" alt="([^"]*)"\s*/?></p>')


def page(report: str, arms: Sequence[str], folder: Path) -> str:
    """The page of a report.

    Args:
        report: Markdown; its pictures lie under `folder`.
        arms: Names, for the title.
        folder: Of the comparison.
    """
    from jinja2 import Environment
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(report)
    body = IMAGE.sub(lambda found: _figure(folder / found[1], found[2], found[3]), body)
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(title=f"Twin worlds: {', '.join(arms)}", body=Markup(body)) + "\n"


def _figure(path: Path, name: str, title: str) -> str:
    """A picture to stand in a page: without XML head, its names made its own."""
    text = path.read_text(encoding="utf-8")
    inner = text[text.index("<svg") :].strip()
    for before in ('id="', 'xlink:href="#', "url(#"):
        inner = inner.replace(before, f"{before}{name}-")
    return f'<figure role="img" aria-label="{title}">{inner}</figure>'
