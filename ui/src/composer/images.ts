/** The largest picture that is taken, before it is encoded. */
export const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** The pictures among what was pasted or dropped, as `data:` addresses, and what is to be said about the others. */
export async function readImages(files: Iterable<File>): Promise<{ urls: string[]; problems: string[] }> {
  const urls: string[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const name = file.name || 'the picture';
    if (!TYPES.includes(file.type)) problems.push(`${name} is not a PNG, JPEG, GIF or WebP picture`);
    else if (file.size > MAX_IMAGE_BYTES) problems.push(`${name} is larger than 5 MB`);
    else urls.push(await dataUrl(file));
  }
  return { urls, problems };
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}
