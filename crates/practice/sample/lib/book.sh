# The book: one entry a line, "DATE START-END PROJECT NOTE". Lines that begin with # are remarks.

# entry DATE START END PROJECT NOTE: the entry as a line of the book, or a complaint.
# TODO: refuse an entry that overlaps another one of the same day
entry() {
    is_date "$1" || { complain "not a date: $1"; return 1; }
    is_time "$2" || { complain "not a time: $2"; return 1; }
    is_time "$3" || { complain "not a time: $3"; return 1; }
    case $4 in
        '' | *[!A-Za-z0-9_-]*) complain "not a name for a project: $4"; return 1 ;;
    esac
    printf '%s %s-%s %s %s\n' "$1" "$2" "$3" "$4" "$5"
}

# entries: reads a book, prints its entries without remarks and empty lines.
entries() {
    grep -v -e '^#' -e '^ *$'
}

# minutes_on PROJECT: reads entries, prints the minutes spent on the project.
minutes_on() (
    sum=0
    while read -r date times project note; do
        [ "$project" = "$1" ] || continue
        sum=$((sum + $(span "${times%-*}" "${times#*-}")))
    done
    echo "$sum"
)
