// What makes the Worker wrong: the variable DEFECT names one way, and is empty for the right one.
export const wrong = (env, name) => env.DEFECT === name
