// Makes something when it is first needed: a process does few of the things that it could do.

/** Answers what `make` gave the first time. */
export function whenNeeded<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
