// The smallest Worker that passes a chat on: the request's body goes up as it comes, the answer's comes down as it comes.
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/v1/chat/completions") {
      return new Response("not found\n", { status: 404 });
    }
    const headers = new Headers({
      "content-type": request.headers.get("content-type") ?? "application/json",
      authorization: `Bearer ${env.TOKEN}`,
    });
    const path = `/client/v4/accounts/${env.ACCOUNT}/ai/v1/chat/completions`;
    return fetch(env.UPSTREAM + path, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
      signal: request.signal,
    });
  },
};
