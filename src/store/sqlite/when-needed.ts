// Makes something when it is first needed: preparing what an operator does costs each start milliseconds, and few processes do it.

/** Answers what `make` gave the first time. */
export function whenNeeded<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
