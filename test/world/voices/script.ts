/** Whose voice a clip has. */
export type Speaker = 'caller' | 'support' | 'technical' | 'billing' | 'person' | 'menu';

export interface Clip {
  readonly speaker: Speaker;
  /** What is said, as a transcript would have it. */
  readonly text: string;
  /** What the synthesiser is given, where it would mispronounce `text`. */
  readonly spoken?: string;
}

/** Every sentence that the simulated world can say. `make.ts` speaks it once; the recordings are in `clips/`. */
export const script = {
  callerOpening: { speaker: 'caller', text: "Hi, my API key isn't working, though I activated it yesterday." },
  callerStillFails: {
    speaker: 'caller',
    text: 'I tried it. I still get a 401 error. This is really frustrating.',
    spoken: 'I tried it, I still get a four oh one error. This is really frustrating.',
  },
  callerFixed: { speaker: 'caller', text: 'Oh! Yes, adding the header fixed it. Thank you!' },
  callerInterrupts: { speaker: 'caller', text: 'Wait, sorry, can I ask something else first?' },
  callerWantsPerson: { speaker: 'caller', text: 'Can I please talk to a person?' },
  callerFailsWantsPerson: { speaker: 'caller', text: 'The new key still fails. Can I please talk to a person?' },
  callerWantsSpecialist: { speaker: 'caller', text: 'Please put me through to a technical specialist.' },
  callerThanksPerson: { speaker: 'caller', text: 'Yes please. That would be great, thank you.' },
  callerAllDone: { speaker: 'caller', text: "No, that's all. Thank you, goodbye." },
  callerMarchInvoice: { speaker: 'caller', text: 'Yes, exactly. Why is it higher than in February?' },
  callerPays: { speaker: 'caller', text: 'I would like to pay my open invoice, please.' },
  callerInvoice: { speaker: 'caller', text: 'I have a question about my last invoice.' },

  supportGreeting: { speaker: 'support', text: "Hello, this is Acme support. I'm an AI assistant. How can I help?" },
  supportLooksUp: { speaker: 'support', text: 'Let me look at your account.' },
  supportPro: {
    speaker: 'support',
    text: "You're on our Pro plan, and your account is in good order. I'll reset the key for you.",
  },
  supportNoTier: {
    speaker: 'support',
    text: "I can't see the details of your account right now. I'll try to reset the key.",
  },
  supportReset: { speaker: 'support', text: 'Done. Your API key is reset. Please try it again.' },
  supportNoReset: { speaker: 'support', text: "I'm sorry, I couldn't reset the key." },
  supportBridging: { speaker: 'support', text: "I'm sorry about that. I'll bring in our technical specialist. One moment." },
  supportToBilling: { speaker: 'support', text: "I'll bring in my colleague from billing. One moment." },
  supportToPerson: { speaker: 'support', text: "Of course. I'll get a person for you. One moment." },
  supportPardon: { speaker: 'support', text: "Sorry, I didn't catch that. Could you say it again?" },
  supportBack: { speaker: 'support', text: "Sorry, we were cut off for a moment. I'm still here." },
  supportRings: { speaker: 'support', text: "It's ringing. I'll stay with you until somebody is there." },
  supportOneMoment: { speaker: 'support', text: 'One moment, I am right with you.' },
  supportPutsThrough: { speaker: 'support', text: "My colleague is there now. I'm putting you through." },
  supportNotReached: {
    speaker: 'support',
    text: "I'm sorry, my colleague can't take the call right now. I'm still here. What can I do for you?",
  },
  supportTriesAnother: { speaker: 'support', text: "They can't take the call. I'm trying another colleague." },
  supportCutOff: { speaker: 'support', text: "It seems that you were cut off from my colleague. I'm here. How can I help?" },
  supportWelcomeBack: { speaker: 'support', text: 'You are back with the assistant. Is there anything else I can do?' },
  supportRefund: {
    speaker: 'support',
    text: 'You are back with the assistant. My colleague wrote that you get a new key by e-mail today. Is there anything else?',
  },
  supportGoodbye: { speaker: 'support', text: "You're welcome. Thank you for calling. Goodbye!" },
  supportStays: { speaker: 'support', text: "I couldn't reach them just now, so I'll stay with you." },
  supportHelp: { speaker: 'support', text: 'How else can I help you?' },

  supportToPayment: { speaker: 'support', text: "I'll take you to the secure payment now. The star key cancels it." },
  supportStillThere: { speaker: 'support', text: 'Are you still there?' },
  supportNobodyThere: {
    speaker: 'support',
    text: "I can't hear you, so I'll end the call now. Please call again any time. Goodbye.",
  },
  supportOneMinute: {
    speaker: 'support',
    text: 'We have about one minute left on this call. What is most important to you now?',
  },
  supportTimeIsUp: {
    speaker: 'support',
    text: "I'm sorry, this call is as long as it may be. Please call again any time. Goodbye.",
  },

  technicalKnows: {
    speaker: 'technical',
    text: "Hello, I'm the technical specialist. I see your Pro account, the key was reset, and you still get a 401.",
    spoken:
      "Hello, I'm the technical specialist. I see your pro account, the key was reset, and you still get a four oh one.",
  },
  technicalFrustrating: { speaker: 'technical', text: "I know that's frustrating." },
  technicalLooks: { speaker: 'technical', text: "I'm checking your request logs now." },
  technicalHelp: { speaker: 'technical', text: "Hello, I'm the technical specialist. How can I help you?" },
  technicalFound: {
    speaker: 'technical',
    text: 'I found it. Your requests arrive without an Authorization header. Please add it, with the word Bearer and your key, and try again.',
  },
  technicalNothing: { speaker: 'technical', text: "The logs don't show the cause. Could you tell me more about your code?" },
  technicalGoodbye: { speaker: 'technical', text: "Great, I'm glad it works now. Thank you for calling. Goodbye!" },
  technicalPardon: { speaker: 'technical', text: "Sorry, I didn't catch that. Could you say it again?" },
  technicalBack: { speaker: 'technical', text: "Sorry, we were cut off for a moment. I'm still here." },
  technicalOneMoment: { speaker: 'technical', text: 'One moment, I am right with you.' },
  technicalPutsThrough: { speaker: 'technical', text: "My colleague is there now. I'm putting you through." },
  technicalToPayment: { speaker: 'technical', text: "I'll take you to the secure payment now. The star key cancels it." },
  technicalStillThere: { speaker: 'technical', text: 'Are you still there?' },
  technicalNobodyThere: {
    speaker: 'technical',
    text: "I can't hear you, so I'll end the call now. Please call again any time. Goodbye.",
  },
  technicalOneMinute: {
    speaker: 'technical',
    text: 'We have about one minute left on this call. What is most important to you now?',
  },
  technicalTimeIsUp: {
    speaker: 'technical',
    text: "I'm sorry, this call is as long as it may be. Please call again any time. Goodbye.",
  },

  billingKnows: { speaker: 'billing', text: "Hello, I'm from billing. I see your Pro account. Let me get your invoices." },
  billingHelp: { speaker: 'billing', text: "Hello, I'm from billing. How can I help you?" },
  billingFromMenu: {
    speaker: 'billing',
    text: 'Hello, this is the AI assistant for billing. I see that you entered account ten forty-two. Is it about your March invoice?',
  },
  billingMarch: {
    speaker: 'billing',
    text: 'In March you moved to the Pro plan, so the invoice is higher. It is paid. Is there anything else?',
  },
  billingOneMoment: { speaker: 'billing', text: 'One moment, I am right with you.' },
  billingPutsThrough: { speaker: 'billing', text: "My colleague is there now. I'm putting you through." },
  billingInvoice: { speaker: 'billing', text: 'Your last invoice is for the Pro plan, and it is paid.' },
  billingToPayment: { speaker: 'billing', text: "I'll take you to the secure payment now. The star key cancels it." },
  billingPaid: { speaker: 'billing', text: 'Thank you, your payment went through. Is there anything else?' },
  billingAlreadyPaid: { speaker: 'billing', text: 'You have paid that already on this call. Is there anything else?' },
  billingNotPaid: {
    speaker: 'billing',
    text: 'The payment did not go through, and nothing was charged. Would you like to try again?',
  },
  billingPaymentUnknown: {
    speaker: 'billing',
    text: "I can't tell whether your payment worked. It is checked before anything is charged again.",
  },
  billingStillThere: { speaker: 'billing', text: 'Are you still there?' },
  billingNobodyThere: {
    speaker: 'billing',
    text: "I can't hear you, so I'll end the call now. Please call again any time. Goodbye.",
  },
  billingOneMinute: {
    speaker: 'billing',
    text: 'We have about one minute left on this call. What is most important to you now?',
  },
  billingTimeIsUp: {
    speaker: 'billing',
    text: "I'm sorry, this call is as long as it may be. Please call again any time. Goodbye.",
  },
  billingGoodbye: { speaker: 'billing', text: "You're welcome. Thank you for calling. Goodbye!" },

  personHello: {
    speaker: 'person',
    text: 'Hello, this is Anna from the service desk. I heard that your new key still fails. I can send you another one by e-mail today.',
  },
  menuDepartment: {
    speaker: 'menu',
    text: 'Welcome to Acme. For support, press 1. For billing, press 2.',
    spoken: 'Welcome to Acme. For support, press one. For billing, press two.',
  },
  menuAccount: { speaker: 'menu', text: 'Please enter your account number, and then the pound key.' },
  menuMonth: { speaker: 'menu', text: 'Which month is your invoice from? Please enter two digits.' },
  menuConnects: { speaker: 'menu', text: 'Thank you. We connect you now.' },

  personGivesBack: { speaker: 'person', text: "Done. I'll give you back to the assistant. Goodbye." },
} as const satisfies Readonly<Record<string, Clip>>;
