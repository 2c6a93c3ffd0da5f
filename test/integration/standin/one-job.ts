/** A workflow with one job, whose steps need a secret, outputs, a condition and an action. */
export const ONE_JOB = `on: [push, workflow_dispatch]
jobs:
  build:
    runs-on: [linux]
    outputs: { v: '\${{ steps.s.outputs.v }}' }
    env: { A: job }
    steps:
      - run: echo \${{ secrets.KEY }}
      - id: s
        run: echo two
        if: always()
      - uses: actions/checkout@v4
      - run: echo three
`;
