func f() {
	if c {
		b()
	}
}
