#!/usr/bin/env bash
# Makes a Python environment of the packages that FOLDER/requirements.txt pins, once, as .cache/NAME-venv, and prints its folder.
# Usage: Tests/Crosscheck/environment.sh FOLDER NAME
set -euo pipefail

requirements=$1/requirements.txt
cache=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.cache
environment=$cache/$2-venv

mkdir -p "$cache"
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$requirements" || {
        echo "pip could not install what $requirements names. Is a package index reachable?" >&2
        rm -rf "$environment"
        exit 2
    }
    cp "$requirements" "$environment/requirements.txt"
fi
echo "$environment"
