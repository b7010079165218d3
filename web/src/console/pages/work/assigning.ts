/** Who hands cases over, and to whom: the step assign, as cases/control.go has it. */
export const assigning = ['desk', 'manager', 'head', 'bureau'] as const
