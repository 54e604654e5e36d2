# What `daybook day` and `daybook report` print. Both read the book.

# on_day DATE: the entries of one day.
on_day() (
    day=$1
    echo "$(weekday "$day"), $day"
    entries | while read -r date times project note; do
        [ "$date" = "$day" ] || continue
        echo "$times  $(pad 10 "$project") $note"
    done
)

# by_project: the time spent on each project.
by_project() (
    book=$(entries)
    printf '%s\n' "$book" | cut -d ' ' -f 3 | sort -u | while read -r project; do
        minutes=$(printf '%s\n' "$book" | minutes_on "$project")
        echo "$(pad 10 "$project") $(as_hours "$minutes")"
    done
)
