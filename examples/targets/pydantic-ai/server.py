"""An agent of Pydantic AI without tools of its own, for clients that speak AG-UI."""

import os

import uvicorn
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.ui.ag_ui import AGUIAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

client = AsyncOpenAI(
    base_url="@UPSTREAM@/client/v4/accounts/@ACCOUNT@/ai/v1", api_key=os.environ["CLOUDFLARE_API_TOKEN"], max_retries=0
)
model = OpenAIChatModel("@cf/meta/llama-3.3-70b-instruct-fp8-fast", provider=OpenAIProvider(openai_client=client))
agent = Agent(model)


async def run(request: Request) -> Response:
    """Answer one run."""
    return await AGUIAdapter.dispatch_request(request, agent=agent)


async def health(_: Request) -> Response:
    """Say that it is up."""
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", run, methods=["POST"]), Route("/healthz", health)])
uvicorn.run(app, host="127.0.0.1", port=int("@PORT@"), log_level="warning")
