// A store is waited for within bounds: what comes too late, or fails, is nothing.
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: number | null = null
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    return await Promise.race([promise, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    promise.catch(() => {})
  }
}
