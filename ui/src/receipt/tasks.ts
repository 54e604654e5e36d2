import type { ReceiptRecord, ReceiptSummary } from '../bindings';
import { receipt as text } from '../strings/receipt';

/** Task of a receipt with its records. */
export interface ReceiptTask {
  id: string;
  name: string;
  undone: boolean;
  records: ReceiptRecord[];
}

/** Records that are shown above the tasks, or say nothing beside them. */
function isShown(record: ReceiptRecord): boolean {
  if (record.type === 'ended') return record.aborted !== undefined;
  return record.type !== 'session' && record.type !== 'settings' && record.type !== 'task';
}

/** Groups the records of a receipt by task, in their order; what belongs to no task comes between them. */
export function groupByTask(records: readonly ReceiptRecord[], summary: ReceiptSummary): ReceiptTask[] {
  const groups: ReceiptTask[] = [];
  let last: number | undefined | null = null;
  for (const record of records) {
    if (record.type !== 'task' && !isShown(record)) continue;
    const { task } = record;
    if (task !== last || groups.length === 0) {
      const known = summary.tasks.find((each) => each.task === task);
      const name = task === undefined ? text.outside : text.task(task, known?.prompt ?? '');
      groups.push({ id: `${groups.length}`, name, undone: known?.undone ?? false, records: [] });
      last = task;
    }
    if (isShown(record)) groups[groups.length - 1]?.records.push(record);
  }
  return groups;
}
