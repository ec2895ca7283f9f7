/**
 * What a specialist may say, and whether that asks for something that is known: the field that it asks for, or nothing. Written by
 * hand, before the rules were tuned; half of it was never looked at while they were.
 */
export interface Sentence {
  readonly text: string;
  /** Fact key, `issue` or `attempts`; undefined for one that asks for nothing known. */
  readonly asksFor: string | undefined;
}

const asking = (field: string, lines: string): readonly Sentence[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => ({ text: line.trim(), asksFor: field }));

const innocent = (lines: string): readonly Sentence[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => ({ text: line.trim(), asksFor: undefined }));

/** What is known on the call in which these sentences are said. */
export const knownOnTheCall = {
  facts: {
    callerNumber: '+14155550134',
    accountId: 'acct_1042',
    accountName: 'Robin Meyer',
    accountTier: 'Pro',
    email: 'robin@example.com',
    symptom: '401 with a freshly reset API key',
    invoiceNumber: 'INV-2031',
    language: 'Python',
  },
  attempts: ['Reset API key', 'Restart the application'],
} as const;

export const corpus: readonly Sentence[] = [
  ...asking(
    'accountId',
    `
    What is your account ID?
    What's your account number, please?
    Could you give me your account ID?
    Can you tell me the account number?
    May I have your account number?
    Could I get your account ID, please?
    Please tell me your account ID.
    Please provide your account number.
    I'll need your account number to continue.
    I need your account ID first.
    Let me start by getting your account ID.
    Before we begin, what is the account number?
    Do you have your account ID at hand?
    Do you happen to know your account number?
    And your account number?
    Your account ID, please?
    Would you mind telling me your account number again?
    Can you repeat your account ID for me?
    Could you spell out the account ID?
    I'd like to have your account number, if I may.
    Which account ID are you calling about?
    To look into this, could you share your account ID with me?
    Could you read me the account number from your dashboard?
    Sorry, what was your account ID again?
    Can you confirm your account number for me?
    Would you give me the ID of your account?
    Thanks for waiting, what is your account number?
    Tell me your account ID and I will have a look.
    I just need the account number and then we can go on.
    Kindly give me your account number.
    `,
  ),
  ...asking(
    'callerNumber',
    `
    What is your phone number?
    What's the best number to reach you?
    Which number are you calling from?
    Could you give me your phone number?
    Can I have a phone number for you?
    May I have your telephone number, please?
    What number are you calling from today?
    Could you tell me the number you're calling from?
    I need your phone number in case we get cut off.
    In case we are disconnected, what is your phone number?
    Please give me your phone number.
    And your telephone number?
    Can you confirm your phone number for me?
    Do you have a phone number where we can reach you?
    What is a good callback number for you?
    `,
  ),
  ...asking(
    'accountName',
    `
    What is your name?
    May I have your name, please?
    Can I get your name?
    Could you tell me your full name?
    Who am I speaking with?
    Who am I speaking to today?
    What's your first name?
    And your name is?
    Could you spell your last name for me?
    Please tell me your name.
    With whom am I speaking?
    Could I have the name on the account?
    What name is the account under?
    I'd like to know who I'm talking to.
    Can you state your full name for me?
    `,
  ),
  ...asking(
    'accountTier',
    `
    Which plan are you on?
    What plan do you have?
    What tier is your account?
    Can you tell me which plan you are on?
    Could you tell me your subscription plan?
    Do you know which tier you have?
    What subscription do you have with us?
    Are you on the free plan or a paid plan?
    What kind of plan are you using?
    May I ask what plan you're on?
    Which subscription tier do you use?
    And what plan is that account on?
    `,
  ),
  ...asking(
    'email',
    `
    What is your email address?
    Could I have your email, please?
    Can you give me the e-mail address on the account?
    Please spell your email address.
    What's the email you signed up with?
    Which email address did you register with?
    I'll need your email address.
    May I have an email address for you?
    Could you confirm your email address for me?
    And your email?
    Can you tell me the mail address that you use to log in?
    `,
  ),
  ...asking(
    'symptom',
    `
    What error are you seeing?
    What error message do you get?
    Can you tell me the error message?
    Could you read me the exact error?
    Which error code do you get?
    What does the error say?
    What exactly happens when you call the API?
    What are the symptoms?
    Could you describe the error for me?
    Please tell me what error you are getting.
    What error do you see on your screen?
    Do you get an error message?
    What status code does the API return?
    Can you describe what you see when it fails?
    I'd like to know which error you got.
    Let me know what the error message was.
    What kind of error is it?
    Is there an error code?
    `,
  ),
  ...asking(
    'invoiceNumber',
    `
    What is the invoice number?
    Which invoice are you calling about?
    Could you give me the invoice number?
    Please tell me the number of the invoice.
    Do you have the invoice number in front of you?
    Can you read me the invoice number at the top of the page?
    Which invoice do you mean?
    I'd need the invoice number, please.
    Which bill is it about?
    And the invoice number?
    `,
  ),
  ...asking(
    'language',
    `
    Which programming language are you using?
    What language is your integration written in?
    What programming language do you use?
    Could you tell me which language you work with?
    Which language is your code in?
    May I ask what programming language this is?
    What language are you coding in?
    Which SDK language are you on?
    Do you use Python or Node?
    `,
  ),
  ...asking(
    'issue',
    `
    How can I help you today?
    How may I help you?
    How can I assist you?
    What can I do for you?
    What can I help you with?
    What seems to be the problem?
    What's the problem?
    What is the issue you're having?
    Can you tell me what the problem is?
    Could you describe the issue for me?
    Please describe your problem.
    What brings you here today?
    What are you calling about?
    What is the reason for your call?
    Could you explain what is going on?
    Tell me what happened.
    So, what happened?
    Can you walk me through the problem?
    What can we do for you today?
    Could you briefly explain your issue?
    What's going on?
    What is it about?
    What is this regarding?
    Can you tell me a bit more about why you're calling?
    In your own words, what's the trouble?
    Start from the beginning, what's wrong?
    Tell me about the issue you are facing.
    What seems to be the trouble with your account?
    How can I be of help?
    Would you explain the problem to me once more?
    What would you like help with?
    Could you please repeat the issue?
    Please explain the issue from the start.
    `,
  ),
  ...asking(
    'attempts',
    `
    Have you tried resetting your API key?
    Have you tried restarting the application?
    Did you try to reset the API key?
    Did you already reset your API key?
    Have you reset the API key yet?
    What have you tried so far?
    What have you already tried?
    Have you tried anything yet?
    Which steps have you taken so far?
    What steps have you tried?
    Can you tell me what you've tried so far?
    Did you restart the application?
    Have you already restarted your application?
    What did you do to fix it so far?
    Have you attempted to reset your key?
    Have you tried to restart the app?
    Has the API key been reset?
    Was the key reset already?
    What troubleshooting have you done?
    Did my colleague reset the API key?
    `,
  ),
  ...innocent(`
    I see that your account is acct_1042, a Pro account.
    I have your account ID here, acct_1042.
    Your account number is acct_1042, is that right?
    Just to confirm, your account ID is acct_1042, correct?
    So that's account acct_1042 on the Pro plan?
    Am I right that you are on the Pro plan?
    You are on the Pro plan, right?
    Is the account still on the Pro plan?
    You don't need to give me your account number again.
    There's no need to repeat your account ID.
    I already have your account number.
    My colleague passed on your account ID, so I won't ask for it.
    Thank you for giving us your account ID.
    I've got your account number in front of me.
    You can find your account ID on the dashboard if you ever need it.
    The account ID is shown at the top of your settings page.
    Never share your account ID with anyone.
    Would you like to change the account ID that is shown on invoices?
    Can I send the summary to robin@example.com?
    Shall I send it to the email address on your account?
    I can see your email is robin@example.com.
    Would you like to change your email address?
    Which email address should we use in future, a different one?
    Do you want to add another email address?
    We have your phone number as +1 415 555 0134, is that still right?
    I'll call you back on the number ending in 0134 if we get cut off.
    Should we use a different phone number for the callback?
    You're calling from the number we have on file, thank you.
    If we get cut off, I will call you back on the number you are calling from.
    Hello Robin Meyer, this is the technical specialist.
    Am I speaking with Robin Meyer?
    Hi Robin, I know about the 401.
    Is that Robin?
    Your name is on the account already.
    What name should the new key have?
    What name would you like for the new project?
    I know that you get a 401 with the new key.
    You're still getting a 401 error, even with the freshly reset key, is that right?
    Do you still see the 401?
    Do you still get the error now?
    Could you try once more and tell me what you see now?
    Please try again and tell me whether the error is gone.
    Let me know if the error comes back.
    What does it say now, after adding the header?
    Does the error appear again when you add the header?
    Is the error message the same with the header?
    Can you run it again and read me what comes back this time?
    What happens now?
    Tell me when you are ready.
    Can you see the Authorization header in your code?
    Could you open your terminal?
    Which header does your code send?
    Where do you store the key in your code?
    How do you send the key, in a header or in the address?
    Can you tell me which endpoint you call?
    When did it last work?
    Did it work before the weekend?
    Who set up the integration?
    Is anybody else using the same key?
    How many requests do you send per minute?
    Do you use a proxy?
    Which version of the SDK is installed?
    What version are you running?
    Could you check whether the header is there?
    Would you add the header and try once more?
    Can you send me the request without the key?
    Would you like me to stay on the line while you try?
    Shall we try it together?
    Can you hold on for a moment?
    May I put a note on your account?
    Can I check the logs of your account for a moment?
    Do I have your permission to look at the request logs?
    Is there anything else I can help you with?
    Is there anything else I can do for you?
    Can I help you with anything else today?
    Is there something else you would like to know?
    What else can I do for you?
    Do you have any other questions?
    Does that solve your problem?
    Is the problem solved now?
    Did that fix the issue?
    Has the issue come back since then?
    I understand the problem, and I know what is wrong.
    I know what the issue is.
    Here is what the problem is: the header is missing.
    I can explain the problem to you, if you like.
    Let me tell you what the issue was.
    What happened is that the header was missing.
    The error means that the header is missing.
    An error like this has one common reason.
    What this error says is that no key arrived.
    I can help you with that.
    I'm sorry that you had trouble with your key.
    I can see that the API key was reset and that it did not help.
    I know that you have tried resetting the API key already.
    You have already restarted the application, so we can skip that.
    My colleague has reset your API key, and it still fails.
    Since the reset did not help, let's look at the request itself.
    Have you tried sending the header as Bearer and a space?
    Have you tried it with curl?
    Did you add the header in your code?
    Have you changed anything since yesterday?
    Did you get the new key by email?
    We don't have to reset the key again.
    I won't ask you to reset the key again.
    Your invoice INV-2031 is for the month of March.
    Is it about invoice INV-2031?
    The invoice number is INV-2031, as you said.
    Would you like a copy of the invoice?
    Shall I explain the positions of the invoice?
    Which position on the invoice looks wrong to you?
    You are using Python, so the fix is one line.
    You said that you are using Python, is that right?
    In Python, you pass the headers as a dictionary.
    Would you like the example in another language?
    Is your code in Python running on a server?
    Your plan includes ten keys.
    Would you like to change your plan?
    Do you want to move to a different plan?
    The Pro plan has a limit of ten thousand requests.
    What plan would you like to move to?
    Which of the two keys do you mean?
    What time suits you for a call back?
    How does that sound?
    Does that make sense?
    Are you still there?
    Could you say that again, please?
    I did not catch that, could you repeat it?
    Sorry, the line was bad, what did you say?
    Can you hear me?
    What would you like to do next?
    When should we call you back?
    Do you want me to open a ticket?
    Would it help if I sent you an example?
    `),
];
