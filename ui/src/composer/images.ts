import { composer as text } from '../strings/composer';

/** Size limit of an image before it is encoded. */
export const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Reads the images among pasted or dropped files as `data:` addresses; `problems` says why the others are left out. */
export async function readImages(files: Iterable<File>): Promise<{ urls: string[]; problems: string[] }> {
  const urls: string[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const name = file.name || text.unnamedImage;
    if (!TYPES.includes(file.type)) problems.push(text.wrongType(name));
    else if (file.size > MAX_IMAGE_BYTES) problems.push(text.tooLarge(name));
    else urls.push(await dataUrl(file));
  }
  return { urls, problems };
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error(text.unreadable(file.name)));
    reader.readAsDataURL(file);
  });
}
