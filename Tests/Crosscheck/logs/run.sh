#!/usr/bin/env bash
# Inspect reads the logs that EvaluationLogs writes.
# Usage: Tests/Crosscheck/logs/run.sh [FOLDER]        FOLDER holds logs (*.eval); without it the tests write some, which builds them first.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$("$here/../serving/environment.sh")

if [ $# -gt 0 ]; then
    logs=$1
else
    logs=$root/.cache/crosscheck-logs
    rm -rf "$logs"
    mkdir -p "$logs"
    (cd "$root" && ASSAY_LOGS_OUT=$logs swift test -c release --explicit-target-dependency-import-check error \
        --filter 'EvaluationLogsTests.ArchiveTests/(logsForOthers|logsHaveMoreMembersThan16BitsCount)' >"$logs/tests.txt" 2>&1) || {
        tail -n 20 "$logs/tests.txt" >&2
        exit 1
    }
fi

"$environment/bin/python" -B "$here/logs.py" "$logs"
