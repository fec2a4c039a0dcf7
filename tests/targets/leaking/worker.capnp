using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .proxy),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const proxy :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-01-01",
  bindings = [
    (name = "UPSTREAM", fromEnvironment = "UPSTREAM"),
    (name = "CLOUDFLARE_ACCOUNT_ID", fromEnvironment = "CLOUDFLARE_ACCOUNT_ID"),
    (name = "CLOUDFLARE_API_TOKEN", fromEnvironment = "CLOUDFLARE_API_TOKEN"),
    (name = "LEAK", fromEnvironment = "LEAK"),
  ],
);
