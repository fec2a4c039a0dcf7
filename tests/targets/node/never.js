// Never imported: all of it is missed.
export const unused = () => 'unused'
