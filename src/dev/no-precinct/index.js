const paperwork = () => {
  throw new Error(
    "Netlify's bundler asks for the imports of a function of the old kind. src/dev/no-precinct cannot say them.",
  );
};

export default { paperwork };
