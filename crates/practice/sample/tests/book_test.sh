. tests/expect.sh

expect "an entry" "2025-03-04 10:15-12:00 guide Margins and rules" \
    "$(entry 2025-03-04 10:15 12:00 guide "Margins and rules")"
expect "no entry without a time" "daybook: not a time: noon" \
    "$(entry 2025-03-04 10:15 noon guide Margins 2>&1)"
expect "no entry without a project" "daybook: not a name for a project: a b" \
    "$(entry 2025-03-04 10:15 12:00 "a b" Margins 2>&1)"

book='# a remark
2025-03-04 10:15-12:00 guide Margins

2025-03-04 13:00-13:25 post Letters
2025-03-05 22:30-00:15 guide Tables'

expect "entries only" 3 "$(printf '%s\n' "$book" | entries | grep -c .)"
expect "minutes on a project" 210 "$(printf '%s\n' "$book" | entries | minutes_on guide)"
