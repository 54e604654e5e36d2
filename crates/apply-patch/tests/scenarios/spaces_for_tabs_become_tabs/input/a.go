func f() {
	b()
}
