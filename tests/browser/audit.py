"""An audit of a page: axe-core, for WCAG 2.1, levels A and AA; and signs in a text that a font may lack."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
_AXE = Axe()
_SIGNS = r"""() => {
    // Latin, Greek, and what every font of these has; others are drawn, or Streamlit brings their fonts
    const rare = /[^\u0000-\u00ff\u0370-\u03ff\u2080-\u2089–•…“”‘’→−]/gu;
    const texts = [...document.body.querySelectorAll('*')].flatMap(one =>
        one.closest('[data-testid=stIconMaterial], .katex, script, style, pre') ? [] : [
            ...[...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data),
            ...['::before', '::after'].map(part => getComputedStyle(one, part).content),
        ]);
    return [...new Set(texts.flatMap(text => text.match(rare) ?? []))];
}"""


def audit(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    return [
        *(f"a font may lack {sign!r}" for sign in page.evaluate(_SIGNS)),
        *(
            f"{violation['id']} at {node['target']} {node['html']}"
            for violation in _AXE.run(page, options=_OPTIONS).response["violations"]
            for node in violation["nodes"]
        ),
    ]
