//! Shared memory, which without namespaces is the whole system's.

use crate::world::{levels, worlds};
use std::fs;

#[test]
fn shared_memory_is_the_commands_own_and_nobody_elses() {
    for world in worlds() {
        let name = format!("/dev/shm/escape-{}-{}", std::process::id(), world.who().replace(' ', "-"));
        let own = "echo x > /dev/shm/own-$$ && echo y >> /dev/shm/own-$$ && ln /dev/shm/own-$$ /dev/shm/other-$$ \
                   && cat /dev/shm/other-$$ && rm /dev/shm/own-$$ /dev/shm/other-$$";
        for level in levels() {
            let outcome = world.run(level, own);
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (0, "x\ny\n"),
                "{level:?} {}: {outcome:?}",
                world.who()
            );
        }
        for script in [
            "echo x >> NAME",
            ": > NAME",
            "truncate -s 0 NAME",
            "rm NAME",
            "mv NAME NAME-moved",
            "echo x > NAME-new && mv NAME-new NAME",
            "ln NAME NAME-new && echo x >> NAME-new",
            "ln -s NAME link && echo x >> link",
            "exec 3<NAME && echo x > /proc/self/fd/3",
            "exec 3<NAME && echo x > /dev/fd/3",
        ] {
            let script = script.replace("NAME", &name);
            for level in [None].into_iter().chain(levels().into_iter().map(Some)) {
                for made in [
                    format!("{name}-new"),
                    format!("{name}-moved"),
                    world.path("root/link").display().to_string(),
                ] {
                    let _ = fs::remove_file(made);
                }
                fs::write(&name, "kept").unwrap();
                world.give(name.as_ref());
                match level {
                    None => assert_eq!(world.bare(&script).code, 0, "works without the sandbox: {script}"),
                    Some(level) => {
                        let outcome = world.run(level, &script);
                        let kept = fs::read_to_string(&name).unwrap();
                        assert_eq!(kept, "kept", "{level:?} {}: {script}: {outcome:?}", world.who());
                    }
                }
            }
        }
        for made in [name.clone(), format!("{name}-new"), format!("{name}-moved")] {
            let _ = fs::remove_file(made);
        }
    }
}
