"""What is run within the page to time it. The page's own entries are kept: it clears its older measures itself."""

from __future__ import annotations

from typing import Final

WATCH: Final = """(() => {
    const bench = {paints: {}, measures: {}, events: [], presses: [], actedAt: 0};
    window.bench = bench;
    const watch = (type, note, more) => new PerformanceObserver((list) => list.getEntries().forEach(note))
        .observe({type, buffered: true, ...more});
    watch('paint', (entry) => { bench.paints[entry.name] = entry.startTime; });
    watch('measure', (entry) => (bench.measures[entry.name] ??= []).push([entry.startTime, entry.duration]));
    watch('event', (entry) => { if (entry.name === 'keydown') bench.events.push(entry.duration); },
        {durationThreshold: 16});
    const act = (event) => { bench.actedAt = event.timeStamp; };
    for (const kind of ['click', 'keydown']) addEventListener(kind, act, {capture: true});
    addEventListener('keydown', (event) => {
        const before = document.activeElement;
        requestAnimationFrame(() => {
            const moved = document.activeElement !== before;
            const painted = new MessageChannel();
            painted.port1.onmessage = () => bench.presses.push([performance.now() - event.timeStamp, moved]);
            painted.port2.postMessage(null);
        });
    }, {capture: true});
})()"""
"""Notes all that is measured, from before the first script of the page on."""

PRESSED: Final = "(count) => window.bench.presses.length >= count"
MEASURED: Final = "([name, count]) => (window.bench.measures[name] ?? []).length >= count"

SCROLL: Final = """async ([frames, step]) => {
    const next = () => new Promise(requestAnimationFrame);
    const gaps = [];
    let before = await next();
    for (let frame = 0; frame < frames; frame += 1) {
        scrollBy({top: step, behavior: 'instant'});
        const now = await next();
        gaps.push(now - before);
        before = now;
    }
    return gaps;
}"""
"""Scrolls by a step in each frame, and returns how long the frames took; without a step it tells what is usual here."""

JUMP: Final = """async (jumps) => {
    const next = () => new Promise(requestAnimationFrame);
    const times = [];
    for (let jump = 0; jump < jumps; jump += 1) {
        const to = (document.documentElement.scrollHeight * ((jump * 0.381966) % 1)) | 0;
        const began = performance.now();
        scrollTo({top: to, behavior: 'instant'});
        await next();
        await new Promise((painted) => {
            const channel = new MessageChannel();
            channel.port1.onmessage = painted;
            channel.port2.postMessage(null);
        });
        times.push(performance.now() - began);
        await next();
    }
    return times;
}"""
"""Jumps to places all over the list, as one does who pulls its bar; returns how long each took to be painted."""

NODES: Final = "document.querySelectorAll('*').length"

BYTES: Final = """() => {
    const sums = {};
    for (const {name, encodedBodySize} of performance.getEntriesByType('resource')) {
        const kind = /[.](js|css|woff2)$/.exec(new URL(name).pathname)?.[1] ?? 'data';
        sums[kind] = (sums[kind] ?? 0) + encodedBodySize;
    }
    return sums;
}"""
"""Bytes of the files that were loaded, by the ends of their names; everything else is data."""
