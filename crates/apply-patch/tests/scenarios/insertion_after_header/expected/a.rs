fn one() {
    let x = 1;
    done();
}

fn two() {
    start();
    let x = 1;
    done();
}
