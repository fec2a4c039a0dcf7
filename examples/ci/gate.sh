#!/bin/sh
# Gates a change on any CI, or on your own machine: gate.sh TARGET.toml
#
# EDGEPROOF_PACKAGE is what pip installs: a name, a wheel, a folder or a git URL. Commit edgeproof-baseline.toml once
# something is known to be broken (`edgeproof baseline write`); only what is new fails then.
set -eu
target=${1:-my-proxy.toml}
venv=${EDGEPROOF_VENV:-.edgeproof}

if [ ! -x "$venv/bin/edgeproof" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet "${EDGEPROOF_PACKAGE:-edgeproof}"
fi
if [ -f edgeproof-baseline.toml ]; then
	export EDGEPROOF_BASELINE=edgeproof-baseline.toml
fi
exec "$venv/bin/edgeproof" run "$target" --profile "${EDGEPROOF_PROFILE:-ci}" --seed "${EDGEPROOF_SEED:-7}" \
	--format sarif,har,badge,env
