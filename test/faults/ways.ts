/** The ways by which a scenario comes to the state or handler that it breaks. */
import {
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { importFromElsewhere, land } from './elsewhere';
import type { Rule } from './kinds';
import type { Slot, Subject } from './slot';

export interface Way {
  /** Rules without which the flow does not come there. */
  readonly needs?: (slot: Slot) => readonly Rule[];
  /** Before any rule is set. */
  readonly prepare?: (slot: Slot) => Promise<void>;
  /** Begins what is judged, with all rules in force. */
  readonly begin: (slot: Slot) => Promise<Subject>;
  /** Whether it ends as REJECTED when all goes well. */
  readonly rejects?: boolean;
  /** Whether the champion's endpoint is taken away by the scenario itself. */
  readonly withoutEndpoint?: boolean;
}

const training = (slot: Slot, state: string, rule: Omit<Rule, 'on' | 'machine' | 'state'>): Rule => ({
  on: 'state',
  machine: slot.parts.training.name,
  state,
  ...rule,
});
const release = (slot: Slot, state: string, rule: Omit<Rule, 'on' | 'machine' | 'state'>): Rule => ({
  on: 'state',
  machine: slot.parts.release.name,
  state,
  ...rule,
});
const cause = 'the matrix wants it so';

const run: Way = { begin: async (slot) => ({ runId: (await slot.startRun()).runId }) };

/** A run in which a state fails by a name that decides how the run ends. */
const endingRun = (error: string, rejects?: boolean): Way => ({
  ...run,
  rejects,
  needs: (slot) => [training(slot, 'Evaluate', { fault: 'error', error, cause })],
});

/** The state loses sight of its job, and the run waits for a job that it has not started itself. */
const lostJob = (state: string): Way => ({
  ...run,
  needs: (slot) => [training(slot, state, { fault: 'cut', when: 'during' })],
});

const releaseOther: Way = {
  prepare: async (slot) => {
    await slot.challenger();
  },
  begin: async (slot) => {
    const version = await slot.challenger();
    return { releaseId: (await slot.requestRelease(version)).releaseId };
  },
};

const rolledBack: Way = {
  ...releaseOther,
  needs: (slot) => [release(slot, 'SmokeTest', { fault: 'error', error: 'ReleaseFailed', cause })],
};

/** Somebody puts a config of their own at the endpoint, of the champion's model, and later the champion's again. */
const byHand: Way = {
  begin: async (slot) => {
    const { sagemaker } = slot.platform.clients;
    const EndpointName = slot.parts.endpointName;
    const by = (EndpointConfigName: string) =>
      sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
    const spanIs = (what: string, outOfBand: boolean) =>
      slot.until(what, async (moved) => {
        const [span] = await slot.registry.deployments(slot.model);
        const { EndpointStatus } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
        moved({ span, EndpointStatus });
        return EndpointStatus === 'InService' && (span?.outOfBand !== undefined) === outOfBand ? true : undefined;
      });
    const { EndpointConfigName: own } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
    const config = { EndpointConfigName: own };
    const { ProductionVariants } = await sagemaker.send(new DescribeEndpointConfigCommand(config));
    const mine = { EndpointConfigName: `by-hand-at-${EndpointName}` };
    await sagemaker.send(new CreateEndpointConfigCommand({ ...mine, ProductionVariants }));
    await by(mine.EndpointConfigName);
    await spanIs('what serves is known to be out of band', true);
    await by(own!);
    await spanIs('what was released serves again', false);
    await sagemaker.send(new DeleteEndpointConfigCommand(mine));
    return {};
  },
};

/** A run whose version is released by itself, and waits for a person. */
const candidate = {
  begin: async (slot) => {
    const { runId } = await slot.startRun();
    const { version, status, reason } = await slot.runEnds(runId);
    if (status !== 'SUCCEEDED') throw new Error(`The run ended as ${status}: ${reason}`);
    const found = await slot.until('the version asks for a release', async () =>
      (await slot.registry.releases(slot.model)).find((each) => each.version === version),
    );
    const { releaseId } = found;
    return { runId, releaseId };
  },
} satisfies Way;

export const WAYS = {
  run,
  lostPreprocess: lostJob('Preprocess'),
  lostTrain: lostJob('Train'),
  lostTransform: lostJob('Transform'),
  lostTransformChampion: lostJob('TransformChampion'),
  runRejected: endingRun('RunRejected', true),
  runStopped: endingRun('RunStopped'),
  runFailed: endingRun('RunFailed'),
  release: releaseOther,
  rolledBack,
  /** The endpoint can't be brought back by the execution itself. */
  unfinished: {
    ...releaseOther,
    needs: (slot) => [
      ...rolledBack.needs!(slot),
      release(slot, 'RollBack', { fault: 'error', error: 'Unknown.Problem', cause }),
    ],
  },
  /** A version that the policies refuse. */
  rejected: {
    rejects: true,
    prepare: async (slot) => {
      await slot.train({ sign: '-1' });
    },
    begin: async (slot) => {
      const [worst] = (await slot.registry.modelVersions(slot.model)).filter(({ status }) => status === 'CANDIDATE');
      return { releaseId: (await slot.requestRelease(worst!.version)).releaseId };
    },
  },
  /** The endpoint does not live yet: somebody deleted it. */
  firstEndpoint: {
    ...releaseOther,
    withoutEndpoint: true,
    prepare: async (slot) => {
      await slot.challenger();
      const { sagemaker } = slot.platform.clients;
      const EndpointName = slot.parts.endpointName;
      await sagemaker.send(new DeleteEndpointCommand({ EndpointName }));
      const gone = () =>
        sagemaker.send(new DescribeEndpointCommand({ EndpointName })).then(
          () => undefined,
          () => true,
        );
      await slot.until('the endpoint is gone', gone);
    },
  },
  /** Two releases at once, of which one waits for the other. */
  turns: {
    prepare: async (slot) => {
      await slot.train();
    },
    begin: async (slot) => {
      const champion = await slot.champion();
      const versions = await slot.registry.modelVersions(slot.model);
      const [one, other] = versions.filter(({ version, status }) => version !== champion && status !== 'REJECTED');
      const [first] = await Promise.all([one!, other!].map(({ version }) => slot.requestRelease(version)));
      return { releaseId: first!.releaseId };
    },
  },
  /** New data becomes a version, and a run of it begins by itself. */
  push: {
    begin: async (slot) => {
      const uploadId = await slot.platform.upload(slot.model, slot.freshRows());
      const upload = await slot.until('the upload becomes a version', async () => {
        const found = await slot.registry.upload(slot.model, uploadId);
        if (found.status === 'REJECTED') throw new Error(`The upload was rejected: ${found.reason}`);
        return found.status === 'READY' ? found : undefined;
      });
      return { runId: (await slot.runOnData(upload.version!)).runId };
    },
  },
  /** Another program leaves a finished folder of data, and a run of it begins by itself. */
  landing: {
    begin: async (slot) => {
      const { model, platform, registry } = slot;
      const before = (await registry.datasetVersions(model)).length;
      await land(platform, model, slot.freshRows());
      const version = await slot.until('the folder becomes a version', async () => {
        const versions = await registry.datasetVersions(model);
        if (versions.length > before + 1) throw new Error(`The folder became ${versions.length - before} versions.`);
        return versions.length > before ? versions[0]!.version : undefined;
      });
      return { runId: (await slot.runOnData(version)).runId };
    },
  },
  stop: {
    needs: (slot) => [training(slot, 'RecordPreprocess', { fault: 'latency', seconds: 3 })],
    begin: async (slot) => {
      const { runId } = await slot.startRun();
      await slot.until('the run is under way', async () =>
        (await slot.registry.run(runId)).status === 'REQUESTED' ? undefined : true,
      );
      await slot.registry.stopRun(runId);
      return { runId };
    },
  },
  abortedRun: { ...run, needs: (slot) => [training(slot, 'Train', { fault: 'abort', when: 'during' })] },
  abortedRelease: {
    ...releaseOther,
    needs: (slot) => [release(slot, 'UpdateEndpoint', { fault: 'abort', when: 'after' })],
  },
  /** A model that was trained elsewhere is sealed, graded and registered. */
  import: { begin: async (slot) => ({ runId: (await importFromElsewhere(slot)).runId }) },
  /** The run of a version is done again, and registers nothing. */
  replay: {
    begin: async (slot) => {
      const versions = await slot.registry.modelVersions(slot.model);
      const { runId } = versions.find(({ version }) => version === 1)!;
      return { runId: (await slot.registry.replay(runId!, { reason: 'the matrix wants it so' })).runId };
    },
  },
  /** The request's event never comes: the sweeper finds it. */
  lostRun: {
    ...run,
    needs: (slot) => [lost(slot, 'Training/Triggers/Start')],
  },
  lostRelease: {
    ...releaseOther,
    needs: (slot) => [lost(slot, 'Release/Triggers/StartRelease')],
  },
  /** Changes that the stream could not send, for as long as it tries. */
  unpublished: {
    ...run,
    needs: (slot) => [
      { on: 'invocation', function: slot.handler('Registry/Changes/Publish').function, fault: 'kill', times: 12 },
    ],
  },
  byHand,
  candidate,
  /** Nobody decides within the time that people have: such a release is rejected, by design. */
  undecided: { ...candidate, rejects: true },
} satisfies Record<string, Way>;

export type WayName = keyof typeof WAYS;

const lost = (slot: Slot, place: string): Rule => ({
  on: 'event',
  target: `*:function:${slot.handler(place).function}`,
  fault: 'lose',
});
