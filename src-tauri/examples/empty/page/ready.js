// its second frame: the first may be painted before there is anything
requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('ready')));
