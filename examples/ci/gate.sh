#!/bin/sh
# Gates a change on any CI, or on your own machine: gate.sh TARGET.toml
#
# EDGEPROOF_PACKAGE is what pip installs: a wheel, a folder, or a git URL with the commit that you use. It has no default,
# because a bare name would run the code of whoever owns that name. Commit edgeproof-baseline.toml once something is known
# to be broken (`edgeproof baseline write`); only what is new fails then.
set -eu
target=${1:-my-proxy.toml}
venv=${EDGEPROOF_VENV:-.edgeproof}

if [ ! -x "$venv/bin/edgeproof" ]; then
	if [ -z "${EDGEPROOF_PACKAGE:-}" ]; then
		echo "gate.sh: set EDGEPROOF_PACKAGE to what pip installs: a wheel, a folder, or git+https://...@COMMIT" >&2
		exit 2
	fi
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet "$EDGEPROOF_PACKAGE"
fi
if [ -f edgeproof-baseline.toml ]; then
	export EDGEPROOF_BASELINE=edgeproof-baseline.toml
fi
exec "$venv/bin/edgeproof" run "$target" --profile "${EDGEPROOF_PROFILE:-ci}" --seed "${EDGEPROOF_SEED:-7}" \
	--format sarif,har,badge,env
