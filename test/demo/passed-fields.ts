/** What an application put into our URL for us: the fields of its query, when it is the number's voice URL. */
export const passedIn = (url: string): Readonly<Record<string, string>> => {
  const { pathname, searchParams } = new URL(url);
  return pathname === '/twilio/voice' ? Object.fromEntries(searchParams) : {};
};
