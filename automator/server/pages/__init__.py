"""The HTML pages: each module answers its addresses by rendering a template of `web/templates`.

`activity` has the pages of events and runs, `people` the pages of persons, `rules` and `setup` the
pages of rules and of settings. General pages are in this folder. Open `activity/log.py` first;
`bootstrap/site.py` lists all addresses. This package exports what nearly every page needs.
"""

# mypy: implicit_reexport

from starlette.responses import Response

from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.templates import render
