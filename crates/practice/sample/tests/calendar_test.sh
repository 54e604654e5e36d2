. tests/expect.sh

expect "the first of the year" Wednesday "$(weekday 2025-01-01)"
expect "a leap day" Thursday "$(weekday 2024-02-29)"
expect "the last of the year" Wednesday "$(weekday 2025-12-31)"

is_date 2025-03-14
expect "a date" 0 $?
is_date 2025-13-01
expect "no thirteenth month" 1 $?
