#!/usr/bin/env bash
# install.sh SOURCE VENV [PYTHON]: installs edgeproof from a checkout into a virtual environment of its own, with the
# versions that it is tested with. What is there already is left as it is, so a job may use the action twice.
set -euo pipefail
source=$1 venv=$2 python=${3:-}

if [ -x "$venv/bin/edgeproof" ]; then
	echo "edgeproof is there already"
	exit 0
fi
python=${python:-$(command -v python3 || command -v python || true)}
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	echo "::error title=edgeproof::There is no Python 3.11 or newer on PATH. Set python-version, or set one up before."
	exit 2
fi
"$python" -m venv "$venv"
# Python compiles what it imports; most of what is installed here never is. Every package must have a hash that
# constraints.txt names. uv takes such hashes as constraints; where it cannot reach a registry that pip is set up to reach,
# pip does it, which has to install all that is pinned, the tools of edgeproof's own developers too.
pins=$source/constraints.txt
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile)
sed -n '/^uv==/,/[^\\]$/p' "$pins" >"$venv/uv.txt"
"${pip[@]}" --require-hashes -r "$venv/uv.txt"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --constraint "$pins" --build-constraint "$pins" "$source" || {
	"${pip[@]}" --require-hashes -r "$pins"
	"${pip[@]}" --no-deps --no-build-isolation "$source"
}
"$venv/bin/edgeproof" --version
