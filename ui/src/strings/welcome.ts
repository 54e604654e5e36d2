import { plural } from './format';

const SHOWN_MODELS = 3;

/** Words of the first page, and of the question whether a folder is trusted. */
export const welcome = {
  title: 'Countersign',
  help: 'An agent works in your folder. Nothing lands without your countersignature.',
  folder: 'Folder',
  openFolder: 'Open folder',
  recent: 'Recent',
  missing: (path: string) => `${path} is missing`,
  forget: (name: string) => `Remove ${name} from the list`,
  noRecent: 'Folders you open appear here.',
  model: 'Model',
  offer: (provider: string) => `${provider} is running on this computer`,
  offerModels: (models: readonly string[]) =>
    models.length === 0
      ? 'It has no models yet.'
      : `With ${plural(models.length, 'model')}: ${models.slice(0, SHOWN_MODELS).join(', ')}${
          models.length > SHOWN_MODELS ? ', …' : ''
        }`,
  useOffer: (provider: string) => `Use ${provider}`,
} as const;

export const trust = {
  title: 'Trust the instructions in this folder?',
  description: (project: string) =>
    `The agent would follow these files in ${project}. None of them is used until you trust the folder.`,
  help: 'Trust a folder if you know who wrote its files. Approvals and the sandbox work the same either way. You can change this in Settings.',
  decline: 'Don’t trust',
  accept: 'Trust',
} as const;
