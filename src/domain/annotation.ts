/** What a step or its job has to say, as completejob takes it (protocol C.3, E.6). */
export interface Annotation {
  level: 'notice' | 'warning' | 'failure';
  message: string;
  title?: string;
  path?: string;
  startLine?: number;
  endLine?: number;
  startColumn?: number;
  endColumn?: number;
  stepNumber?: number;
}
