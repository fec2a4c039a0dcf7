"""The proxy inside another program: no socket in between, the same cache, retries, breakers and limits.

async with ReferenceProxy(Settings(api_token=..., account_id=...)) as proxy:
    answer = await proxy.handle_request({"messages": [{"role": "user", "content": "Hello"}], "stream": True})
    async for text in answer.stream:
        print(text, end="")
"""

from harness.reference_proxy.in_process.errors import APIError, ValidationError
from harness.reference_proxy.in_process.proxy import ReferenceProxy
from harness.reference_proxy.in_process.streaming import StreamingAnswer

__all__ = ["APIError", "ReferenceProxy", "StreamingAnswer", "ValidationError"]
