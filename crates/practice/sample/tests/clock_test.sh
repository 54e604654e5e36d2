. tests/expect.sh

expect "midnight" 0 "$(minutes_of 00:00)"
expect "07:15 in minutes" 435 "$(minutes_of 07:15)"
expect "08:30 in minutes" 510 "$(minutes_of 08:30)"
expect "23:59 in minutes" 1439 "$(minutes_of 23:59)"

expect "a span within a day" 105 "$(span 10:15 12:00)"
expect "a span across midnight" 105 "$(span 22:30 00:15)"

expect "hours for people" "1h 05m" "$(as_hours 65)"
