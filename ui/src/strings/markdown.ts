/** Words around the agent's answers. */
export const markdown = {
  copyCode: 'Copy code',
  plainText: 'text',
  code: (language: string) => (language === '' ? 'Code' : `Code, ${language}`),
  table: 'Table',
  checked: 'done',
  unchecked: 'not done',
  rest: 'This answer is longer than the window shows. The session’s transcript has all of it.',
  link: {
    title: 'Open link',
    question: 'Open this address in your browser?',
    copy: 'Copy address',
  },
} as const;
