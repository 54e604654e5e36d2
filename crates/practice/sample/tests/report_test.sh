. tests/expect.sh

book='2025-03-04 10:15-12:00 guide Margins
2025-03-04 13:00-13:25 post Letters
2025-03-12 22:30-00:15 guide Tables'

expect "the day of the week" "Wednesday, 2025-03-12" "$(printf '%s\n' "$book" | on_day 2025-03-12 | head -n 1)"
expect "the entries of a day" "22:30-00:15  guide      Tables" "$(printf '%s\n' "$book" | on_day 2025-03-12 | tail -n 1)"
expect "the first project" "guide      3h 30m" "$(printf '%s\n' "$book" | by_project | sed -n 1p)"
expect "the second project" "post       0h 25m" "$(printf '%s\n' "$book" | by_project | sed -n 2p)"
