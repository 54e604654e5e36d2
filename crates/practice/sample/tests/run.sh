#!/bin/sh
# Runs every test, and shows the ones that fail: sh tests/run.sh

cd "$(dirname "$0")/.." || exit 2

passed=0
failed=0
for file in tests/*_test.sh; do
    results=$(sh "$file" 2>&1)
    good=$(printf '%s\n' "$results" | grep -c '^ok ')
    bad=$(printf '%s\n' "$results" | grep -c '^not ok ')
    echo "$file: $good passed, $bad failed"
    printf '%s\n' "$results" | grep -v '^ok ' | sed 's/^/    /'
    passed=$((passed + good))
    failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
