const QUALITIES =
  'able agile bold brave bright calm clean clever crisp eager fair fast fine fresh gentle grand keen kind light lively lucky merry mild neat noble proud quick quiet rapid rare sharp shy smart smooth steady still sunny swift tidy warm wise'.split(
    ' ',
  );
const BEINGS =
  'auk bear bee carp colt crab crane crow deer dove duck eel elk finch fish fox frog gnat goat goose hare hawk hen heron jay kite lark lynx mole moth mouse newt otter owl perch quail ram raven seal shrew snail sparrow stag stork swan tern toad trout vole whale wren'.split(
    ' ',
  );

const oneOf = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)]!;

/** A name for a run that was given none. */
export const randomName = (): string => `${oneOf(QUALITIES)}-${oneOf(BEINGS)}-${Math.floor(Math.random() * 1000)}`;
