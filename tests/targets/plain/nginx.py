"""Debian's nginx in front of upstream as its documentation sets it up: `nginx.py PORT UPSTREAM FOLDER [SET-UP]`.

It is set up for `streaming`, or left `as-it-comes`: then it buffers, and speaks to upstream in HTTP/1.0.

The one rule: this writes the configuration and becomes nginx; it is not there any more when a request comes.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    send_timeout 4s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 16m;
    upstream workers_ai {{
        server {upstream};
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location = /healthz {{ return 200 ok; }}
        location = /v1/chat/completions {{
            proxy_pass http://workers_ai/client/v4/accounts/{account_id}/ai/v1/chat/completions;
            {set_up}
            proxy_set_header Authorization "Bearer {token}";
            proxy_set_header Cookie "";
            proxy_set_header Proxy-Authorization "";
            proxy_set_header X-Api-Key "";
            proxy_connect_timeout 2s;
            proxy_read_timeout 2s;
        }}
        location / {{ return 404; }}
    }}
}}
"""
SET_UPS = {
    "streaming": 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;',
    "as-it-comes": "",
}


def main(port: str, upstream: str, folder: str, set_up: str = "streaming") -> None:
    """Write the configuration and become nginx."""
    configuration = Path(folder) / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=port,
            set_up=SET_UPS[set_up],
            upstream=upstream.removeprefix("http://"),
            account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"],
            token=os.environ["CLOUDFLARE_API_TOKEN"],
        )
    )
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        sys.exit("there is no nginx here; on Debian or Ubuntu: apt-get install nginx")
    os.execv(program, ["nginx", "-e", "stderr", "-p", folder, "-c", str(configuration)])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main(*sys.argv[1:])
