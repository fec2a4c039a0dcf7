"""What the report and the live page are made of: one look, one set of components, one script.

    css/    one file a component; none refers to anything outside the page
    js/     one file a behaviour; the page is whole without any of them
    html/   macros of Jinja, which the report and the live page both call

The one rule: whatever a target sent passes through autoescape, and only the scripts of this folder may run.
"""

from reports.page.entry import Entry, Log, entries
from reports.page.environment import Assets, assets, environment
from reports.page.families import guides, share
from reports.page.look import LOOKS, Look

__all__ = ["LOOKS", "Assets", "Entry", "Log", "Look", "assets", "entries", "environment", "guides", "share"]
