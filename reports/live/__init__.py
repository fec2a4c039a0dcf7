"""A run on a page while it plays: events go in, and what changes on the page comes out.

The one rule: everything here is decided from the events alone, without a socket or a clock, so that a page that is
opened late, or that comes back after a while, shows the same as one that was there from the beginning.
"""

from reports.live.events import Event, EventError, StartEvent, from_line, to_line
from reports.live.frames import Frame, Frames
from reports.live.page import LivePage

__all__ = ["Event", "EventError", "Frame", "Frames", "LivePage", "StartEvent", "from_line", "to_line"]
