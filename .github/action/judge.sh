#!/usr/bin/env bash
# judge.sh VENV: runs edgeproof as EDGEPROOF_* and ARGS say, and reports to GitHub what came of it: outputs, the job's
# summary, annotations. It ends well whatever the verdict is, so that the reports can be uploaded; the step "Gate" then
# ends with the exit code.
set -uo pipefail
edgeproof=$1/bin/edgeproof

for name in "${!EDGEPROOF_@}"; do # an input that was left out is no setting
	[ -n "${!name}" ] || unset "$name"
done
set -f # ARGS is split at blanks, and nothing in it is a pattern
# shellcheck disable=SC2086 # the words of ARGS are meant to be split
for word in ${ARGS:-}; do
	case $word in
	--out | --out=*) refused="args cannot hold --out: use the input out" ;;
	--format | --format=*) refused="args cannot hold --format: the action always writes every format into the folder out" ;;
	*) continue ;;
	esac
	echo "::error title=edgeproof::$refused"
	printf '## edgeproof: could not run (exit code 2)\n\n%s\n' "$refused" >>"$GITHUB_STEP_SUMMARY"
	printf 'verdict=error\nexit_code=2\nproblems=\ncoverage=\n' >>"$GITHUB_OUTPUT"
	exit 0
done
export EDGEPROOF_FORMAT=sarif,annotations,har,csv,badge,env
out=${EDGEPROOF_OUT:-edgeproof-report}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -f "$out/results.json" "$out/outcome.env"

# The log shows what a proxy has sent. Until the token comes again, GitHub takes no line of it for a command.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
# shellcheck disable=SC2086 # the words of ARGS are meant to be split
"$edgeproof" run ${ARGS:-} 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
set +f
echo "::$token::"

if [ ! -f "$out/outcome.env" ]; then
	[ "$code" != 0 ] || code=3
	why=$(sed -n 's/^edgeproof: //p' "$log" | head -n 1)
	why=${why:-"edgeproof could not run; the log says why"}
	why=${why//'%'/%25}
	echo "::error title=edgeproof::$why"
	printf '## edgeproof: could not run (exit code %s)\n' "$code" >>"$GITHUB_STEP_SUMMARY"
	printf 'verdict=error\nexit_code=%s\nproblems=\ncoverage=\n' "$code" >>"$GITHUB_OUTPUT"
	exit 0
fi
cat "$out/outcome.env" >>"$GITHUB_OUTPUT"
cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"
if [ "${ANNOTATE:-true}" = true ]; then
	cat "$out/annotations.txt"
fi
