/** Elements whose text a search reads: what was said, done and printed, without labels and buttons. */
const SEARCHED = '[data-find]';

/** Elements between which no match goes. */
const PARTS = 'p, li, pre, td, th, [role=heading], [data-find]';

/** Returns the matches of a text in an element, in order; case does not matter. */
export function matchRanges(root: Element, query: string): Range[] {
  const needle = query.toLowerCase();
  if (needle === '') return [];
  const ranges: Range[] = [];
  for (const area of root.querySelectorAll(SEARCHED)) {
    const texts = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
    let part: Element | null = null;
    let nodes: Text[] = [];
    const end = () => {
      ranges.push(...rangesIn(nodes, needle));
      nodes = [];
    };
    while (texts.nextNode()) {
      const node = texts.currentNode as Text;
      if (node.parentElement?.closest('.sr-only, [data-find-skip]')) continue;
      const inside = node.parentElement?.closest(PARTS) ?? null;
      if (inside !== part) end();
      part = inside;
      nodes.push(node);
    }
    end();
  }
  return ranges;
}

/** Finds matches in adjacent texts: one may begin in one and end in another. */
function rangesIn(nodes: readonly Text[], needle: string): Range[] {
  const whole = nodes.map((node) => node.data).join('');
  const lower = whole.toLowerCase();
  // where lower case has another length, places are those of the text only if it is read as it is
  const text = lower.length === whole.length ? lower : whole;
  const ranges: Range[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
    const range = document.createRange();
    const [startNode, start] = placeOf(nodes, at, false);
    const [endNode, end] = placeOf(nodes, at + needle.length, true);
    if (!startNode || !endNode) break;
    range.setStart(startNode, start);
    range.setEnd(endNode, end);
    ranges.push(range);
  }
  return ranges;
}

function placeOf(nodes: readonly Text[], at: number, isEnd: boolean): [Text | undefined, number] {
  let rest = at;
  for (const node of nodes) {
    if (rest < node.length || (isEnd && rest === node.length)) return [node, rest];
    rest -= node.length;
  }
  return [nodes.at(-1), nodes.at(-1)?.length ?? 0];
}

/** Returns the element within `outer` that scrolls a match up and down by itself. */
export function nestedScroller(range: Range, outer: Element): Element | null {
  for (let at = range.startContainer.parentElement; at && at !== outer; at = at.parentElement) {
    if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return null;
}

const painted = new Map<object, { all: Range[]; current: Range | undefined }>();

/** Marks the matches of one conversation, beside those of another: no element is added for them. */
export function paintMatches(owner: object, all: Range[], current?: Range): void {
  if (all.length === 0) painted.delete(owner);
  else painted.set(owner, { all, current });
  // an engine without them marks nothing; the current match is in view all the same
  if (typeof CSS === 'undefined' || !('highlights' in CSS)) return;
  const each = [...painted.values()];
  CSS.highlights.set('find', new Highlight(...each.flatMap((one) => one.all)));
  CSS.highlights.set('find-current', new Highlight(...each.flatMap((one) => one.current ?? [])));
}
