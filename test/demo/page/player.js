// Plays the call and moves everything that follows it: the playhead, the sentence that is heard, what is known by then.
const find = (id) => document.getElementById(id);
const [sound, seek, playButton, axis, caption] = ['sound', 'seek', 'play', 'axis', 'caption'].map(find);
const endMs = Number(document.querySelector('main').dataset.end);
const followers = [...document.querySelectorAll('.transcript > li, #known > li')];
const sentences = [...document.querySelectorAll('.sentence')];
const firstCaption = caption.textContent;

// Some browsers can't seek in a data: address; all can in a blob.
const bytes = Uint8Array.from(atob(sound.src.slice(sound.src.indexOf(',') + 1)), (sign) => sign.charCodeAt(0));
sound.src = URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
sound.controls = false;
document.documentElement.classList.add('scripted');

const momentText = (ms) => {
  const tenths = Math.round(ms / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
};

const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

const showSentence = (now) => {
  let current;
  for (const sentence of sentences) {
    const heard = now >= Number(sentence.dataset.from) && now < Number(sentence.dataset.to);
    sentence.classList.toggle('heard', heard);
    if (heard) current = sentence;
  }
  if (current === undefined) return;
  caption.textContent = `${capital(current.dataset.who)}: ${current.textContent}`;
  caption.className = `caption who-${current.dataset.who}`;
};

const show = () => {
  const now = sound.currentTime * 1000;
  const begun = now > 0 || !sound.paused;
  document.documentElement.classList.toggle('begun', begun);
  axis.style.setProperty('--at', `${Math.min(100, (100 * now) / endMs)}%`);
  find('time').textContent = momentText(now);
  seek.value = String(sound.currentTime);
  seek.setAttribute('aria-valuetext', momentText(now));
  find('known-when').textContent = begun ? `at ${momentText(now)}` : 'at the end of the call';
  for (const item of followers) {
    const gone = item.dataset.until !== undefined && (!begun || now >= Number(item.dataset.until));
    item.classList.toggle('gone', gone);
    item.classList.toggle('ahead', begun && now < Number(item.dataset.at));
  }
  showSentence(begun ? now : -1);
  if (!begun) {
    caption.textContent = firstCaption;
    caption.className = 'caption';
  }
};

const follow = () => {
  show();
  if (!sound.paused) requestAnimationFrame(follow);
};

const seekTo = (seconds) => {
  sound.currentTime = Math.max(0, Math.min(seconds, endMs / 1000));
  show();
};

const toggle = () => {
  if (sound.ended) sound.currentTime = 0;
  if (sound.paused) void sound.play();
  else sound.pause();
};

const showState = () => {
  playButton.classList.toggle('playing', !sound.paused);
  playButton.setAttribute('aria-label', sound.paused ? 'Play the call' : 'Pause');
  follow();
};

sound.addEventListener('play', showState);
sound.addEventListener('pause', showState);
sound.addEventListener('seeked', show);
playButton.addEventListener('click', toggle);
seek.addEventListener('input', () => seekTo(Number(seek.value)));

axis.addEventListener('click', (event) => {
  if (event.target.closest('[data-seek]') !== null) return;
  const { left, width } = axis.getBoundingClientRect();
  seekTo(((event.clientX - left) / width) * (endMs / 1000));
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-seek]');
  if (button === null) return;
  seekTo(Number(button.dataset.seek) / 1000);
  if (sound.paused) void sound.play();
});

document.addEventListener('keydown', (event) => {
  const busy = event.target.closest('button, summary, a') !== null;
  if (event.key === ' ' && !busy) {
    event.preventDefault();
    toggle();
  } else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && event.target !== seek) {
    seekTo(sound.currentTime + (event.key === 'ArrowLeft' ? -5 : 5));
  }
});

// A place in the call can be linked to: call.html#27 opens it at 27 seconds.
const asked = Number(location.hash.slice(1));
if (asked > 0) sound.addEventListener('loadedmetadata', () => seekTo(asked), { once: true });
show();
